metadata: {name: wf}
spec:
  entrypoint: work
  templates:
  - name: work
    retryStrategy: {limit: 5, expression: "asInt(lastRetry.exitCode) != 3"}
    container: {image: busybox}
====
start
----

pod wf(0) failed "main: Error (exit code 1)" exit=1
----

pod wf(1) failed "main: Error (exit code 3)" exit=3
----
