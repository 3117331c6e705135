# The message of who stops it stands at all that ran, and survives a restart.
metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: pod}
      - {name: b, template: wait}
  - name: pod
    container: {image: busybox}
  - name: wait
    suspend: {}
  - name: bye
    container: {image: "{{workflow.status}}"}
====
start
----
create-pod wf.a
  wf Running
  wf.a Pending
  wf.b Running
workflow Running

stop "budget is spent"
----
stop-pod wf.a
create-pod wf.onExit
  wf Failed
  wf.a Failed: workflow shutdown with strategy:  Stop: budget is spent
  wf.b Failed: Stopped with strategy 'Stop': budget is spent
  wf.onExit Pending

restart
pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Failed: Stopped with strategy 'Stop': budget is spent

retry
----
create-pod wf.a
  wf.a Pending
  wf.b Running
workflow Running

pod wf.a succeeded
resume
----
create-pod wf.onExit
  wf Succeeded
  wf.a Succeeded
  wf.b Succeeded
  wf.onExit Pending

