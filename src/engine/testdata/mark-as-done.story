metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: ask, template: ask}
    - - name: use
        template: use
        arguments: {parameters: [{name: x, value: "{{steps.ask.outputs.parameters.answer}}"}]}
  - name: ask
    retryStrategy: {limit: "1"}
    container: {image: busybox}
    outputs: {parameters: [{name: answer, valueFrom: {path: /a}}]}
  - name: use
    inputs: {parameters: [{name: x}]}
    container: {image: "{{inputs.parameters.x}}"}
====
start
----
create-pod wf[0].ask(0)
  wf Running
  wf[0] Running
  wf[0].ask Running
  wf[0].ask(0) Pending
workflow Running

pod "wf[0].ask(0)" failed "no"
----
create-pod wf[0].ask(1)
  wf[0].ask(0) Failed: no
  wf[0].ask(1) Pending

pod "wf[0].ask(1)" failed "no"
----
  wf Failed: child 'wf-1049918565' failed
  wf[0] Failed: child 'wf-1049918565' failed
  wf[0].ask Failed: No more retries left
  wf[0].ask(1) Failed: no
workflow Failed: child 'wf-1049918565' failed

done wf
----
refused: node wf stands for others: set those that it is made of

done wf[0].ask answer=42
----
create-pod wf[1].use
  wf[0] Succeeded
  wf[1] Running
  wf[1].use Pending
workflow Running

show-template wf[1].use
----
{"name":"use","inputs":{},"container":{"image":"42"}}

pod wf[1].use succeeded
----
  wf Succeeded
  wf[1] Succeeded
  wf[1].use Succeeded
workflow Succeeded

