# What an earlier run with the same key gave is used again, as long as it is young enough.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: a, template: work, arguments: {parameters: [{name: k, value: one}]}}
    - - {name: b, template: work, arguments: {parameters: [{name: k, value: one}]}}
      - {name: c, template: work, arguments: {parameters: [{name: k, value: two}]}}
    - - {name: d, template: work, arguments: {parameters: [{name: k, value: '{{steps.b.outputs.parameters.x}}'}]}}
    - - {name: e, template: work, arguments: {parameters: [{name: k, value: 'not a key'}]}}
  - name: work
    inputs: {parameters: [{name: k}]}
    memoize: {key: '{{=inputs.parameters.k + "-key"}}', maxAge: 1m, cache: {configMap: {name: cache}}}
    container: {image: busybox}
    outputs: {parameters: [{name: x, valueFrom: {path: /x}}]}
====
start
----
  wf Running
  wf[0] Running
  wf[0].a Pending
workflow Running
create-pod wf[0].a

pod wf[0].a succeeded x=one
----
  wf[0] Succeeded
  wf[0].a Succeeded {"parameters":[{"name":"x","value":"one","valueFrom":{"path":"/x"}}]}
  wf[1] Running
  wf[1].b Pending
  wf[1].c Pending
create-pod wf[1].c
  wf[1].b Succeeded {"parameters":[{"name":"x","value":"one","valueFrom":{"path":"/x"}}]}

show-status wf[1].b
----
{"id":"wf-2760215211","name":"wf[1].b","displayName":"b","type":"Pod","templateName":"work","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","inputs":{"parameters":[{"name":"k","value":"one"}]},"outputs":{"parameters":[{"name":"x","value":"one","valueFrom":{"path":"/x"}}]},"memoizationStatus":{"hit":true,"key":"one-key","cacheName":"cache"}}

restart
tick 61s
pod wf[1].c succeeded x=2
----
  wf[1] Succeeded
  wf[1].c Succeeded {"parameters":[{"name":"x","value":"2","valueFrom":{"path":"/x"}}]}
  wf[2] Running
  wf[2].d Pending
create-pod wf[2].d

pod wf[2].d succeeded x=3
----
  wf Failed: step group deemed errored due to child wf[3].e error: invalid cache key: not a key-key
  wf[2] Succeeded
  wf[2].d Succeeded {"parameters":[{"name":"x","value":"3","valueFrom":{"path":"/x"}}]}
  wf[3] Error: step group deemed errored due to child wf[3].e error: invalid cache key: not a key-key
  wf[3].e Error: invalid cache key: not a key-key
workflow Failed: step group deemed errored due to child wf[3].e error: invalid cache key: not a key-key

