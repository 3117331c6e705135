# A container set is one pod; each of its containers is a node that ends by itself.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: set, template: set}
      - {name: next, template: one, depends: set.Failed}
  - name: set
    containerSet:
      containers:
      - {name: a, image: busybox}
      - {name: main, image: busybox, dependencies: [a]}
  - name: one
    container: {image: busybox}
====
start
----
create-pod wf.set
  wf Running
  wf.set Pending
  wf.set.a Pending
  wf.set.main Pending
workflow Running

pod wf.set running
----
  wf.set Running
  wf.set.a Running
  wf.set.main Running

restart
pod wf.set failed "main: Error (exit code 3)" exit=3 a:0 main:3
----
create-pod wf.next
  wf.set Failed: main: Error (exit code 3) {"exitCode":"3"}
  wf.set.a Succeeded
  wf.set.main Failed: main: Error (exit code 3): 
  wf.next Pending

show-status wf.set
show-status wf.set.a
show-status wf.set.main
----
{"id":"wf-2977464346","name":"wf.set","displayName":"set","type":"Pod","templateName":"set","templateScope":"local/wf","phase":"Failed","boundaryID":"wf","message":"main: Error (exit code 3)","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"0/1","outputs":{"exitCode":"3"},"children":["wf-3505204359"],"hostNodeName":"host-a"}
{"id":"wf-3505204359","name":"wf.set.a","displayName":"a","type":"Container","templateName":"set","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf-2977464346","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","children":["wf-99491721"]}
{"id":"wf-99491721","name":"wf.set.main","displayName":"main","type":"Container","templateName":"set","templateScope":"local/wf","phase":"Failed","boundaryID":"wf-2977464346","message":"main: Error (exit code 3): ","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"0/1","children":["wf-3412721559"]}

pod wf.next succeeded
----
  wf Succeeded
  wf.next Succeeded
workflow Succeeded

