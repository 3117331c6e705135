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
create-pod wf.a
  wf Running
  wf.a Pending
workflow Running

pod wf.a succeeded
----
create-pod wf.b
create-pod wf.c
  wf.a Succeeded
  wf.b Pending
  wf.c Pending

pod wf.b succeeded
----
  wf.b Succeeded

pod wf.c failed "main: Error (exit code 1)" exit=1
----
create-pod wf.e
  wf.c Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf.d Omitted: omitted: depends condition not met
  wf.e Pending

pod wf.e succeeded
----
  wf Failed
  wf.e Succeeded
workflow Failed

