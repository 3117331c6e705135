metadata: {name: wf}
spec:
  entrypoint: work
  templates:
  - name: work
    retryStrategy: {limit: 5, expression: "asInt(lastRetry.duration) < 10"}
    container: {image: busybox}
====
start
----
create-pod wf(0)
  wf Running
  wf(0) Pending
workflow Running

tick 2500ms
pod wf(0) failed "main: Error (exit code 1)" exit=1
----
create-pod wf(1)
  wf(0) Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf(1) Pending

tick 10500ms
pod wf(1) failed "main: Error (exit code 1)" exit=1
----
  wf Failed: retryStrategy.expression evaluated to false {"exitCode":"1"}
  wf(1) Failed: main: Error (exit code 1) {"exitCode":"1"}
workflow Failed: retryStrategy.expression evaluated to false

