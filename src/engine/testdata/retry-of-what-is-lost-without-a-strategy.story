# Without a retryStrategy nothing runs twice behind the user's back.
metadata: {name: wf}
spec:
  entrypoint: main
  templates: [{name: main, container: {image: busybox}}]
====
start
----
create-pod wf
  wf Pending
workflow Running

pod wf lost "the machine was restarted"
----
  wf Error: the machine was restarted
workflow Error: the machine was restarted

