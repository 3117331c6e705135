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

pod wf(0) failed "main: Error (exit code 7)" exit=7
----

tick 9s
----

restart
tick 1s
----

show-template wf(1)
----

pod wf(1) error "no image"
----

tick 30s
----

pod wf(2) failed "main: Error (exit code 8)" exit=8
----
