metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: make, template: make}
    - - name: use
        template: use
        when: "{{steps.make.outputs.result}} == yes"
        arguments: {parameters: [{name: p, value: "{{steps.make.outputs.parameters.p}}-{{steps.make.status}}"}]}
      - name: not
        template: use
        when: "{{steps.make.outputs.result}} == no"
        arguments: {parameters: [{name: p, value: "{{steps.make.outputs.parameters.q}}"}]}
    outputs:
      parameters:
      - {name: out, globalName: answer, valueFrom: {parameter: "{{steps.use.outputs.parameters.p}}"}}
  - name: make
    script: {image: busybox, command: [sh], source: "echo yes"}
    outputs:
      parameters:
      - {name: p, valueFrom: {path: /p}}
      - {name: q, valueFrom: {path: /q, default: none}}
  - name: use
    inputs: {parameters: [{name: p}]}
    container: {image: busybox, args: ["{{inputs.parameters.p}}"]}
    outputs: {parameters: [{name: p, valueFrom: {path: /p}}]}
====
start
----
create-pod wf[0].make
  wf Running
  wf[0] Running
  wf[0].make Pending
workflow Running

pod wf[0].make succeeded exit=0 result=yes p=one missing=q
----
create-pod wf[1].use
  wf[0] Succeeded
  wf[0].make Succeeded {"parameters":[{"name":"p","value":"one","valueFrom":{"path":"/p"}},{"name":"q","value":"none","valueFrom":{"path":"/q","default":"none"}}],"result":"yes","exitCode":"0"}
  wf[1] Running
  wf[1].use Pending
  wf[1].not Skipped: when 'yes == no' evaluated false

show-template wf[1].use
----
{"name":"use","inputs":{},"container":{"image":"busybox","args":["one-Succeeded"]},"outputs":{"parameters":[{"name":"p","valueFrom":{"path":"/p"}}]}}

restart
pod wf[1].use succeeded p="two words"
----
  wf Succeeded {"parameters":[{"name":"out","value":"two words","globalName":"answer"}]}
  wf[1] Succeeded
  wf[1].use Succeeded {"parameters":[{"name":"p","value":"two words","valueFrom":{"path":"/p"}}]}
workflow Succeeded
outputs {"parameters":[{"name":"answer","value":"two words"}]}

