# A daemon was stopped because what it serves had ended, and that was lost in a crash before it was
# written: its end comes first, and is no failure.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: server, template: server}
    - - {name: client, template: work}
  - {name: server, daemon: true, container: {image: i}}
  - {name: work, container: {image: i}}
====
start
----
create-pod wf[0].server
  wf Running
  wf[0] Running
  wf[0].server Pending
workflow Running

pod wf[0].server running
----
create-pod wf[1].client
  wf[0] Succeeded
  wf[0].server Running
  wf[1] Running
  wf[1].client Pending

restart
pod wf[0].server stopped 'exit 143'
----
  wf[0].server Succeeded

pod wf[1].client succeeded
----
  wf Succeeded
  wf[1] Succeeded
  wf[1].client Succeeded
workflow Succeeded

