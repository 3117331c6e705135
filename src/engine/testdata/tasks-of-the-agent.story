# HTTP and plugin nodes have no pod: the agent gets them as tasks.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: ask, template: ask, arguments: {parameters: [{name: path, value: a}]}}
      - {name: hello, template: hello}
    - - {name: again, template: ask, arguments: {parameters: [{name: path, value: "{{steps.ask.outputs.result}}"}]}}
  - name: ask
    inputs: {parameters: [{name: path}]}
    http: {url: "http://host/{{inputs.parameters.path}}"}
  - name: hello
    plugin: {hello: {}}
====
start
----
run-task wf[0].ask
run-task wf[0].hello
  wf Running
  wf[0] Running
  wf[0].ask Pending
  wf[0].hello Pending
workflow Running

show-template wf[0].ask
----
{"name":"ask","inputs":{},"http":{"url":"http://host/a"}}

task wf[0].hello running
----
  wf[0].hello Running

restart
task wf[0].ask succeeded result=b
task wf[0].hello failed "no such thing"
----
  wf Failed: child 'wf-2592359500' failed
  wf[0] Failed: child 'wf-2592359500' failed
  wf[0].ask Succeeded {"result":"b"}
  wf[0].hello Failed: no such thing
workflow Failed: child 'wf-2592359500' failed

