# What the machine has lost has a budget of its own: two attempts, without policy and without a count.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    retryStrategy: {limit: 1, retryPolicy: OnFailure}
    container: {image: busybox}
====
start
----
create-pod wf(0)
  wf Running
  wf(0) Pending
workflow Running

pod wf(0) lost "the machine was restarted"
----
create-pod wf(1)
  wf(0) Error: the machine was restarted
  wf(1) Pending

restart
pod wf(1) failed "exit 1" exit=1
----
create-pod wf(2)
  wf(1) Failed: exit 1 {"exitCode":"1"}
  wf(2) Pending

pod wf(2) lost "the machine was restarted"
----
create-pod wf(3)
  wf(2) Error: the machine was restarted
  wf(3) Pending

restart
pod wf(3) lost "the machine was restarted"
----
  wf Error: the machine was restarted
  wf(3) Error: the machine was restarted
workflow Error: the machine was restarted

