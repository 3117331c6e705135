# backoff.cap bounds the pause, backoff.maxDuration the whole: counted from the first attempt, no new
# one begins that would come later.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: capped, template: capped}
      - {name: bounded, template: bounded}
      - {name: free, template: without-limit}
  - name: capped
    retryStrategy: {limit: 3, backoff: {duration: 10s, factor: 3, cap: 15s}}
    container: {image: busybox}
  - name: without-limit                # as in Argo, a pause needs a limit
    retryStrategy: {backoff: {duration: 10s}}
    container: {image: busybox}
  - name: bounded
    retryStrategy: {limit: 9, backoff: {duration: 10s, factor: 2, maxDuration: 25s}}
    container: {image: busybox}
====
start
----
create-pod wf[0].capped(0)
create-pod wf[0].bounded(0)
create-pod wf[0].free(0)
  wf Running
  wf[0] Running
  wf[0].capped Running
  wf[0].capped(0) Pending
  wf[0].bounded Running
  wf[0].bounded(0) Pending
  wf[0].free Running
  wf[0].free(0) Pending
workflow Running

pod wf[0].capped(0) failed "exit 1"
pod wf[0].bounded(0) failed "exit 1"
pod wf[0].free(0) failed "exit 1"
----
create-pod wf[0].free(1)
wake in 10s
  wf[0].capped Running: Backoff for 10 seconds
  wf[0].capped(0) Failed: exit 1
  wf[0].bounded Running: Backoff for 10 seconds
  wf[0].bounded(0) Failed: exit 1
  wf[0].free(0) Failed: exit 1
  wf[0].free(1) Pending

tick 10s
----
create-pod wf[0].capped(1)
create-pod wf[0].bounded(1)
  wf[0].capped Running
  wf[0].bounded Running
  wf[0].capped(1) Pending
  wf[0].bounded(1) Pending

pod wf[0].capped(1) failed "exit 1"
pod wf[0].bounded(1) failed "exit 1"
----
wake in 15s
  wf[0].capped Running: Backoff for 15 seconds
  wf[0].bounded Failed: Backoff would exceed max duration limit
  wf[0].capped(1) Failed: exit 1
  wf[0].bounded(1) Failed: exit 1

restart
tick 15s
----
create-pod wf[0].capped(2)
  wf[0].capped Running
  wf[0].capped(2) Pending

pod wf[0].capped(2) failed "exit 1"
----
wake in 15s
  wf[0].capped Running: Backoff for 15 seconds
  wf[0].capped(2) Failed: exit 1

tick 14s
----

tick 1s
----
create-pod wf[0].capped(3)
  wf[0].capped Running
  wf[0].capped(3) Pending

pod wf[0].capped(3) succeeded
pod wf[0].free(1) succeeded
----
  wf Failed: child 'wf-173020589' failed
  wf[0] Failed: child 'wf-173020589' failed
  wf[0].capped Succeeded
  wf[0].free Succeeded
  wf[0].free(1) Succeeded
  wf[0].capped(3) Succeeded
workflow Failed: child 'wf-173020589' failed

