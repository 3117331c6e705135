# A pod may tell how far it is; what is no N/M is not heard. Of one that has succeeded all is done.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: long, template: work}
      - {name: plain, template: work}
  - name: work
    container: {image: busybox}
====
start
----
create-pod wf[0].long
create-pod wf[0].plain
  wf Running
  wf[0] Running
  wf[0].long Pending
  wf[0].plain Pending
workflow Running

pod wf[0].long running progress=30/100
pod wf[0].plain running
----
  wf[0].long Running
  wf[0].plain Running

show-status wf[0].long
----
{"id":"wf-1170036682","name":"wf[0].long","displayName":"long","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Running","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"30/100","hostNodeName":"host-a"}

restart
pod wf[0].long running progress=40/20
pod wf[0].plain running progress=soon
----

show-status wf[0].long
----
{"id":"wf-1170036682","name":"wf[0].long","displayName":"long","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Running","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"30/100","hostNodeName":"host-a"}

pod wf[0].long succeeded
pod wf[0].plain failed "exit 1"
----
  wf Failed: child 'wf-2850234264' failed
  wf[0] Failed: child 'wf-2850234264' failed
  wf[0].long Succeeded
  wf[0].plain Failed: exit 1
workflow Failed: child 'wf-2850234264' failed

show-status wf[0].long
----
{"id":"wf-1170036682","name":"wf[0].long","displayName":"long","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"100/100","hostNodeName":"host-a"}

show-status wf[0].plain
----
{"id":"wf-2850234264","name":"wf[0].plain","displayName":"plain","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Failed","boundaryID":"wf","message":"exit 1","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"0/1","hostNodeName":"host-a"}

