metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: wait, template: wait}
    - - {name: approve, template: approve}
    - - name: go
        template: work
        arguments: {parameters: [{name: p, value: "{{steps.approve.outputs.parameters.who}}"}]}
  - name: wait
    suspend: {duration: "20"}
  - name: approve
    suspend: {}
    outputs: {parameters: [{name: who, valueFrom: {supplied: {}, default: nobody}}]}
  - name: work
    inputs: {parameters: [{name: p}]}
    container: {image: busybox}
====
start
----
wake in 20.000000001s
  wf Running
  wf[0] Running
  wf[0].wait Running
workflow Running

tick 20s
----

tick 1s
----
  wf[0] Succeeded
  wf[0].wait Succeeded
  wf[1] Running
  wf[1].approve Running {"parameters":[{"name":"who","valueFrom":{"supplied":{},"default":"nobody"}}]}

# the whole workflow is held as well
suspend
----
workflow Running suspended

restart
resume who=ann
----
create-pod wf[2].go
  wf[1] Succeeded
  wf[1].approve Succeeded {"parameters":[{"name":"who","value":"ann"}]}
  wf[2] Running
  wf[2].go Pending
workflow Running

show-status wf[2].go
----
{"id":"wf-3635650484","name":"wf[2].go","displayName":"go","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Pending","boundaryID":"wf","startedAt":"2026-01-02T03:04:26Z","finishedAt":null,"progress":"0/1","inputs":{"parameters":[{"name":"p","value":"ann"}]}}

