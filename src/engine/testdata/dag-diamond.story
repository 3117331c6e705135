metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - {name: b, template: work, depends: a}
      - {name: c, template: work, depends: a}
      - {name: d, template: work, depends: "b && c"}
      - {name: e, template: work, depends: "b.Failed || c.Failed"}
  - name: work
    container: {image: busybox}
====
start
----

pod wf.a succeeded
----

pod wf.b succeeded
----

pod wf.c failed "main: Error (exit code 1)" exit=1
----

pod wf.e succeeded
----
