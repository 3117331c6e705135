# A required artifact that nobody gives ends the step that needs it; the workflow's own have a place.
metadata: {name: wf}
spec:
  entrypoint: main
  arguments:
    artifacts: [{name: given, raw: {data: "{{workflow.name}}"}}]
  templates:
  - name: main
    inputs: {artifacts: [{name: given}]}
    dag:
      tasks:
      - {name: make, template: make}
      - {name: good, template: use, arguments: {artifacts: [{name: in, from: "{{inputs.artifacts.given}}"}]}}
      - {name: nothing, template: use}
      - name: bad
        template: use
        dependencies: [make]
        arguments: {artifacts: [{name: in, from: "{{tasks.make.outputs.artifacts.out}}"}]}
  - name: make
    container: {image: busybox}
    outputs: {artifacts: [{name: out, path: /out}]}
  - name: use
    inputs: {artifacts: [{name: in, path: /in}]}
    container: {image: busybox}
====
start
----
create-pod wf.make
create-pod wf.good
  wf Running
  wf.make Pending
  wf.good Pending
  wf.nothing Error: task 'wf.nothing' errored: inputs.artifacts.in was not supplied
workflow Running

pod wf.make succeeded exit=0
pod wf.good succeeded exit=0
----
  wf Error
  wf.make Succeeded {"exitCode":"0"}
  wf.good Succeeded {"exitCode":"0"}
  wf.bad Error: Unable to resolve: "tasks.make.outputs.artifacts.out"
workflow Error

