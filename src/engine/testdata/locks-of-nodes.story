# One at a time: a mutex; two of three: a semaphore whose limit changes; all or none of several.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: one, template: alone, withItems: [a, b]}
      - {name: two, template: both, withItems: [a, b]}
  - name: alone
    synchronization: {mutexes: [{name: m}]}
    container: {image: busybox}
  - name: both
    retryStrategy: {limit: 1}
    synchronization:
      mutexes: [{name: m}]
      semaphores: [{configMapKeyRef: {name: limits, key: few}}]
    container: {image: busybox}
====
config-map limits - few=1
start
----
  wf Running
  wf[0] Running
  wf[0].one(0:a) Pending
  wf[0].one(1:b) Pending
  wf[0].two(0:a) Pending
  wf[0].two(1:b) Pending
workflow Running
create-pod wf[0].one(0:a)
  wf[0].one(1:b) Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf[0].two(0:a) Pending: Waiting for default/Mutex/m lock. Lock status: 0/1
  wf[0].two(1:b) Pending: Waiting for default/Mutex/m lock. Lock status: 0/1

show-status wf[0].one(1:b)
----
{"id":"wf-3652978750","name":"wf[0].one(1:b)","displayName":"one(1:b)","type":"Pod","templateName":"alone","templateScope":"local/wf","phase":"Pending","boundaryID":"wf","message":"Waiting for default/Mutex/m lock. Lock status: 0/1","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"0/1","synchronizationStatus":{"waiting":"default/Mutex/m"}}

restart
----

pod wf[0].one(0:a) succeeded
----
  wf[0].one(0:a) Succeeded
create-pod wf[0].one(1:b)
  wf[0].one(1:b) Pending

pod wf[0].one(1:b) failed "exit 1"
----
  wf[0].one(1:b) Failed: exit 1
create-pod wf[0].two(0:a)(0)
  wf[0].two(0:a) Running
  wf[0].two(0:a)(0) Pending

pod wf[0].two(0:a)(0) failed "exit 1"
----
create-pod wf[0].two(0:a)(1)
  wf[0].two(0:a)(0) Failed: exit 1
  wf[0].two(0:a)(1) Pending

restart
stop
----
stop-pod wf[0].two(0:a)(1)
  wf Failed: child 'wf-3652978750' failed
  wf[0] Failed: child 'wf-3652978750' failed
  wf[0].two(0:a) Failed: Stopped with strategy 'Stop'
  wf[0].two(1:b) Failed: Stopped with strategy 'Stop'
  wf[0].two(0:a)(1) Failed: workflow shutdown with strategy:  Stop
workflow Failed: Stopped with strategy 'Stop'

