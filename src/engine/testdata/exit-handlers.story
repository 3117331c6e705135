# The step's own handler runs before the next group, the workflow's at the end.
metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    steps:
    - - name: a
        template: work
        hooks: {exit: {template: note, arguments: {parameters: [{name: p, value: "{{steps.a.status}} {{steps.a.outputs.parameters.o}}"}]}}}
    - - {name: b, template: work}
  - name: work
    container: {image: busybox}
    outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}
  - name: note
    inputs: {parameters: [{name: p}]}
    container: {image: busybox, args: ["{{inputs.parameters.p}}"]}
  - name: bye
    container: {image: busybox, args: ["{{workflow.status}} {{workflow.failures}}"]}
====
start
----

pod wf[0].a succeeded o=fine
----

show-template wf[0].a.onExit
----

pod wf[0].a.onExit succeeded
----

pod wf[1].b failed "main: Error (exit code 1)"
----

show-template wf.onExit
----

pod wf.onExit succeeded
----
