# What runs on asks for its locks again: nothing of it begins before it has them.
metadata: {name: wf}
spec:
  entrypoint: main
  synchronization: {mutexes: [{name: whole}]}
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: group}
      - {name: b, template: group}
  - name: group
    synchronization: {mutexes: [{name: m}]}
    steps:
    - - {name: one, template: pod}
    - - {name: two, template: pod}
  - name: pod
    container: {image: busybox}
====
start
----
workflow 
  wf Running
  wf.a Pending
  wf.b Pending
workflow Running
create-pod wf.a[0].one
  wf.a Running
  wf.b Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf.a[0] Running
  wf.a[0].one Pending

pod wf.a[0].one succeeded
----
create-pod wf.a[1].two
  wf.a[0] Succeeded
  wf.a[0].one Succeeded
  wf.a[1] Running
  wf.a[1].two Pending

pod wf.a[1].two failed "no"
----
  wf.a Failed: child 'wf-3507292600' failed
  wf.a[1] Failed: child 'wf-3507292600' failed
  wf.a[1].two Failed: no
create-pod wf.b[0].one
  wf.b Running
  wf.b[0] Running
  wf.b[0].one Pending

pod wf.b[0].one failed "no"
----
  wf Failed
  wf.b Failed: child 'wf-3386577064' failed
  wf.b[0] Failed: child 'wf-3386577064' failed
  wf.b[0].one Failed: no
workflow Failed

# Both run on; b has to wait for the lock in the midst of its body.
retry
----
workflow Running
create-pod wf.a[1].two
  wf.a Running
  wf.b Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf.a[1].two Pending

restart
pod wf.a[1].two succeeded
----
  wf.a Succeeded
  wf.a[1] Succeeded
  wf.a[1].two Succeeded
create-pod wf.b[0].one
  wf.b Running
  wf.b[0].one Pending

pod wf.b[0].one succeeded
----
create-pod wf.b[1].two
  wf.b[0] Succeeded
  wf.b[0].one Succeeded
  wf.b[1] Running
  wf.b[1].two Pending

pod wf.b[1].two failed "no"
----
  wf Failed
  wf.b Failed: child 'wf-4080645787' failed
  wf.b[1] Failed: child 'wf-4080645787' failed
  wf.b[1].two Failed: no
workflow Failed

rerun wf.a[1].two
----
workflow Running
create-pod wf.a[1].two
  wf.a Running
  wf.b Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf.a[1].two Pending

stop
----
stop-pod wf.a[1].two
  wf Failed
  wf.a Failed: child 'wf-3507292600' failed
  wf.b Failed: child 'wf-4080645787' failed
  wf.a[1] Failed: child 'wf-3507292600' failed
  wf.b[1] Failed: child 'wf-4080645787' failed
  wf.a[1].two Failed: workflow shutdown with strategy:  Stop
  wf.b[1].two Failed: workflow shutdown with strategy: Stop
workflow Failed: Stopped with strategy 'Stop'

retry
----
workflow Running
create-pod wf.a[1].two
  wf.a Running
  wf.b Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf.a[1].two Pending

restart
----

pod wf.a[1].two succeeded
----
  wf.a Succeeded
  wf.a[1] Succeeded
  wf.a[1].two Succeeded
create-pod wf.b[1].two
  wf.b Running
  wf.b[1].two Pending

pod wf.b[1].two succeeded
----
  wf Succeeded
  wf.b Succeeded
  wf.b[1] Succeeded
  wf.b[1].two Succeeded
workflow Succeeded

