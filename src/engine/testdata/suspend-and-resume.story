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

tick 20s
----

tick 1s
----

# the whole workflow is held as well
suspend
----

restart
resume who=ann
----

show-status wf[2].go
----
