metadata: {name: wf}
spec:
  entrypoint: work
  templates:
  - name: work
    retryStrategy: {limit: 2, retryPolicy: Always, backoff: {duration: 10s, factor: 3}}
    container: {image: busybox, args: ["attempt {{retries}} after {{lastRetry.exitCode}}"]}
====
start
----
create-pod wf(0)
  wf Running
  wf(0) Pending
workflow Running

pod wf(0) failed "main: Error (exit code 7)" exit=7
----
wake in 10s
  wf Running: Backoff for 10 seconds
  wf(0) Failed: main: Error (exit code 7) {"exitCode":"7"}

tick 9s
----

restart
tick 1s
----
create-pod wf(1)
  wf Running
  wf(1) Pending

show-template wf(1)
----
{"name":"work","retryStrategy":{"limit":2,"retryPolicy":"Always","backoff":{"duration":"10s","factor":3}},"container":{"image":"busybox","args":["attempt 1 after 7"]}}

pod wf(1) error "no image"
----
wake in 30s
  wf Running: Backoff for 30 seconds
  wf(1) Error: no image

tick 30s
----
create-pod wf(2)
  wf Running
  wf(2) Pending

pod wf(2) failed "main: Error (exit code 8)" exit=8
----
  wf Failed: No more retries left {"exitCode":"8"}
  wf(2) Failed: main: Error (exit code 8) {"exitCode":"8"}
workflow Failed: No more retries left

