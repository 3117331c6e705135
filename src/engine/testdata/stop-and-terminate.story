metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - {name: b, template: hold}
      - {name: c, template: work, depends: a}
  - name: hold
    suspend: {}
  - name: work
    retryStrategy: {limit: 3}
    container: {image: busybox}
  - name: bye
    container: {image: busybox}
====
start
----
create-pod wf.a(0)
  wf Running
  wf.b Running
  wf.a Running
  wf.a(0) Pending
workflow Running

stop
----
stop-pod wf.a(0)
create-pod wf.onExit
  wf Failed
  wf.b Failed: Stopped with strategy 'Stop'
  wf.a Failed: Stopped with strategy 'Stop'
  wf.a(0) Failed: workflow shutdown with strategy:  Stop
  wf.c Omitted: omitted: depends condition not met
  wf.onExit Pending

terminate
----
kill-pod wf.onExit
  wf.onExit Failed: workflow shutdown with strategy:  Terminate
workflow Failed: Stopped with strategy 'Terminate'

pod wf.onExit failed "killed"
----

