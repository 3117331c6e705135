# Attempts avoid the machines on which those before them have failed; steps that are retried too.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    retryStrategy: {limit: 2, retryPolicy: Always, affinity: {nodeAntiAffinity: {}}}
    steps: [[{name: a, template: a}]]
  - name: a
    retryStrategy: {limit: 1, affinity: {nodeAntiAffinity: {}}}
    container: {image: busybox}
====
start
----
create-pod wf(0)[0].a(0)
  wf Running
  wf(0) Running
  wf(0)[0] Running
  wf(0)[0].a Running
  wf(0)[0].a(0) Pending
workflow Running

show-avoided wf(0)[0].a(0)
----
avoided:

pod wf(0)[0].a(0) running host-b
----
  wf(0)[0].a(0) Running

pod wf(0)[0].a(0) failed "exit 1" exit=1
----
create-pod wf(0)[0].a(1)
  wf(0)[0].a(0) Failed: exit 1 {"exitCode":"1"}
  wf(0)[0].a(1) Pending

show-avoided wf(0)[0].a(1)
----
avoided: host-b

pod wf(0)[0].a(1) running host-c
----
  wf(0)[0].a(1) Running

pod wf(0)[0].a(1) failed "exit 1" exit=1
----
create-pod wf(1)[0].a(0)
  wf(0) Failed: child 'wf-3924147526' failed
  wf(0)[0] Failed: child 'wf-3924147526' failed
  wf(0)[0].a Failed: No more retries left {"exitCode":"1"}
  wf(0)[0].a(1) Failed: exit 1 {"exitCode":"1"}
  wf(1) Running
  wf(1)[0] Running
  wf(1)[0].a Running
  wf(1)[0].a(0) Pending

show-avoided wf(1)[0].a(0)
----
avoided:

