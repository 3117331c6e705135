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
  - name: server
    daemon: true
    container: {image: nginx}
  - name: client
    inputs: {parameters: [{name: ip}]}
    container: {image: busybox, args: ["{{inputs.parameters.ip}}"]}
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
pod wf[1].client succeeded
----
stop-pod wf[0].server
  wf Succeeded
  wf[0].server Succeeded
  wf[1] Succeeded
  wf[1].client Succeeded
workflow Succeeded

