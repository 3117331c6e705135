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

pod wf[0].make succeeded exit=0 result=yes p=one missing=q
----

show-template wf[1].use
----

restart
pod wf[1].use succeeded p="two words"
----
