# A daemon that is not ready yet is not to be called Succeeded: those whom it serves would wait for
# its address for ever.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: server, template: server}
    - - name: client
        template: client
        arguments: {parameters: [{name: ip, value: "{{steps.server.ip}}"}]}
  - {name: server, daemon: true, container: {image: i}}
  - {name: client, inputs: {parameters: [{name: ip}]}, container: {image: i}}
====
start
----
create-pod wf[0].server
  wf Running
  wf[0] Running
  wf[0].server Pending
workflow Running

set wf[0].server Succeeded
----
refused: node wf[0].server is a daemon that serves others: it ends with them

pod wf[0].server running
----
create-pod wf[1].client
  wf[0] Succeeded
  wf[0].server Running
  wf[1] Running
  wf[1].client Pending

set wf[0].server Succeeded
----
refused: node wf[0].server is a daemon that serves others: it ends with them

