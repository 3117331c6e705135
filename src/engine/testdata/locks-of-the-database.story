# A mutex and a semaphore with `database`, and one of another namespace.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: one, template: alone, withItems: [a, b]}
      - {name: far, template: far}
  - name: alone
    synchronization: {mutexes: [{name: m, database: true}]}
    container: {image: busybox}
  - name: far
    synchronization: {mutexes: [{name: m}, {name: m, namespace: global}]}
    container: {image: busybox}
====
start
----
  wf Running
  wf[0] Running
  wf[0].one(0:a) Pending
  wf[0].one(1:b) Pending
  wf[0].far Pending
workflow Running
create-pod wf[0].one(0:a)
create-pod wf[0].far
  wf[0].one(1:b) Pending: Waiting for default/Database/m lock. Lock status: 0/1

pod wf[0].one(0:a) succeeded
----
  wf[0].one(0:a) Succeeded
create-pod wf[0].one(1:b)
  wf[0].one(1:b) Pending

restart
pod wf[0].one(1:b) failed "exit 1"
pod wf[0].far succeeded
----
  wf Failed: child 'wf-3652978750' failed
  wf[0] Failed: child 'wf-3652978750' failed
  wf[0].one(1:b) Failed: exit 1
  wf[0].far Succeeded
workflow Failed: child 'wf-3652978750' failed

