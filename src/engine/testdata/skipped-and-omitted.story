# What does not run leaves defaults, and a failure goes on through what was omitted.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work, when: "false"}
      - name: b
        template: use
        depends: a
        arguments: {parameters: [{name: p, value: "{{tasks.a.outputs.parameters.o}}"}]}
      - {name: c, template: work}
      - {name: d, template: work, depends: c}
      - {name: e, template: work, depends: d}
      - {name: none, template: work, withParam: "[]"}
  - name: work
    container: {image: busybox}
    outputs: {parameters: [{name: o, valueFrom: {path: /o, default: nothing}}]}
  - name: use
    inputs: {parameters: [{name: p}]}
    container: {image: busybox}
====
start
----

show-status wf.b
----

pod wf.c failed "main: Error (exit code 1)"
----

pod wf.b succeeded
----
