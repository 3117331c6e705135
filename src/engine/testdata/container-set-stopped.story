# What is left of a container set ends with its pod.
metadata: {name: wf}
spec:
  entrypoint: set
  templates:
  - name: set
    containerSet: {containers: [{name: a, image: busybox}, {name: b, image: busybox}]}
====
start
----
create-pod wf
  wf Pending
  wf.a Pending
  wf.b Pending
workflow Running

terminate
----
kill-pod wf
  wf Failed: workflow shutdown with strategy:  Terminate
  wf.a Failed: workflow shutdown with strategy:  Terminate
  wf.b Failed: workflow shutdown with strategy:  Terminate
workflow Failed: Stopped with strategy 'Terminate'

