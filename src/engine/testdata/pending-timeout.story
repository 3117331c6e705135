# pendingTimeout ends a pod that has not started by then; one that runs has all the time it likes.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      failFast: false
      tasks:
      - {name: runs, template: work}
      - {name: waits, template: work}
  - name: work
    pendingTimeout: 10s
    container: {image: busybox}
====
start
----
create-pod wf.runs
create-pod wf.waits
wake in 10.000000001s
  wf Running
  wf.runs Pending
  wf.waits Pending
workflow Running

pod wf.waits pending "Unschedulable: 0/1 nodes are available: insufficient cpu"
pod wf.runs running
----
  wf.runs Running
  wf.waits Pending: Unschedulable: 0/1 nodes are available: insufficient cpu

tick 9s
----

restart
tick 1001ms
----
kill-pod wf.waits
  wf.waits Failed: timeout

tick 100s
----

pod wf.runs succeeded
----
  wf Failed
  wf.runs Succeeded
workflow Failed

