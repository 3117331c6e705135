# Items become nodes; their results are gathered in the order of the items.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - name: each
        template: work
        withItems: [a, {k: 1, l: "two"}, 3]
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
    - - name: all
        template: work
        arguments: {parameters: [{name: p, value: "{{steps.each.outputs.result}}"}]}
      - name: again
        template: work
        withParam: "{{steps.each.outputs.parameters.o}}"
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
      - name: count
        template: work
        withSequence: {start: "1", end: "2", format: "n%02d"}
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
  - name: work
    inputs: {parameters: [{name: p}]}
    script: {image: busybox, command: [sh], source: "echo {{inputs.parameters.p}}"}
    outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}
====
start
----
create-pod wf[0].each(0:a)
create-pod wf[0].each(1:k:1,l:two)
create-pod wf[0].each(2:3)
  wf Running
  wf[0] Running
  wf[0].each(0:a) Pending
  wf[0].each(1:k:1,l:two) Pending
  wf[0].each(2:3) Pending
workflow Running

pod wf[0].each(2:3) succeeded result=3 o=z
pod wf[0].each(0:a) succeeded result=1 o=x
----
  wf[0].each(0:a) Succeeded {"parameters":[{"name":"o","value":"x","valueFrom":{"path":"/o"}}],"result":"1"}
  wf[0].each(2:3) Succeeded {"parameters":[{"name":"o","value":"z","valueFrom":{"path":"/o"}}],"result":"3"}

pod wf[0].each(1:k:1,l:two) succeeded result=2 o=y
----
create-pod wf[1].all
create-pod wf[1].again(0:x)
create-pod wf[1].again(1:y)
create-pod wf[1].again(2:z)
create-pod wf[1].count(0:n01)
create-pod wf[1].count(1:n02)
  wf[0] Succeeded
  wf[0].each(1:k:1,l:two) Succeeded {"parameters":[{"name":"o","value":"y","valueFrom":{"path":"/o"}}],"result":"2"}
  wf[1] Running
  wf[1].all Pending
  wf[1].again(0:x) Pending
  wf[1].again(1:y) Pending
  wf[1].again(2:z) Pending
  wf[1].count(0:n01) Pending
  wf[1].count(1:n02) Pending

show-template wf[1].all
----
{"name":"work","inputs":{},"script":{"image":"busybox","command":["sh"],"source":"echo [1,2,3]"},"outputs":{"parameters":[{"name":"o","valueFrom":{"path":"/o"}}]}}

show-status wf[1].again(1:y)
----
{"id":"wf-1691266354","name":"wf[1].again(1:y)","displayName":"again(1:y)","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Pending","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"0/1","inputs":{"parameters":[{"name":"p","value":"y"}]}}

