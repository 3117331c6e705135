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
create-pod wf(0)
  wf Running
  wf(0) Pending
workflow Running

pod wf(0) failed "main: Error (exit code 1)" exit=1
----
create-pod wf(1)
  wf(0) Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf(1) Pending

pod wf(1) failed "main: Error (exit code 3)" exit=3
----
  wf Failed: retryStrategy.expression evaluated to false {"exitCode":"3"}
  wf(1) Failed: main: Error (exit code 3) {"exitCode":"3"}
workflow Failed: retryStrategy.expression evaluated to false

