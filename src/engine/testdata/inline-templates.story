# A template that is written where it is used has no name; it sees the arguments of its task.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - name: a
        arguments: {parameters: [{name: x, value: "{{item}}"}]}
        withItems: [1, 2]
        inline:
          inputs: {parameters: [{name: x}]}
          container: {image: busybox, args: ["{{inputs.parameters.x}}"]}
      - name: b
        depends: a
        inline:
          steps:
          - - {name: c, template: leaf}
  - name: leaf
    container: {image: busybox}
====
start
----
create-pod wf.a(0:1)
create-pod wf.a(1:2)
  wf Running
  wf.a Running
  wf.a(0:1) Pending
  wf.a(1:2) Pending
workflow Running

show-template wf.a(1:2)
----
{"inputs":{},"container":{"image":"busybox","args":["2"]}}

pod wf.a(0:1) succeeded
pod wf.a(1:2) succeeded
----
create-pod wf.b[0].c
  wf.a Succeeded
  wf.a(0:1) Succeeded
  wf.a(1:2) Succeeded
  wf.b Running
  wf.b[0] Running
  wf.b[0].c Pending

show-status wf.b
----
{"id":"wf-2911782600","name":"wf.b","displayName":"b","type":"Steps","templateScope":"local/wf","phase":"Running","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"children":["wf-552735538"]}

pod wf.b[0].c succeeded
----
  wf Succeeded
  wf.b Succeeded
  wf.b[0] Succeeded
  wf.b[0].c Succeeded
workflow Succeeded

