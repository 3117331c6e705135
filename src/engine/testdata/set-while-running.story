metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: ask, template: ask}
      - name: use
        template: use
        dependencies: [ask]
        arguments: {parameters: [{name: x, value: "{{tasks.ask.outputs.parameters.answer}}"}]}
      - {name: locked, template: locked, dependencies: [use]}
      - {name: many, template: many, dependencies: [locked]}
      - {name: say, template: say}
      - {name: hear, template: use, dependencies: [say], arguments: {parameters: [{name: x, value: "{{tasks.say.outputs.result}}"}]}}
  - name: ask
    retryStrategy: {limit: "3", backoff: {duration: "60"}}
    container: {image: busybox}
    outputs: {parameters: [{name: answer, valueFrom: {path: /a}}, {name: more, valueFrom: {path: /b, default: none}}]}
  - name: use
    inputs: {parameters: [{name: x}]}
    container: {image: "{{inputs.parameters.x}}"}
  - name: locked
    synchronization: {mutexes: [{name: m}]}
    container: {image: busybox}
  - name: many
    steps:
    - - {name: each, template: say, withItems: [a, b]}
    - - {name: last, template: say}
  - name: say
    script: {image: busybox, source: "echo 1"}
====
start
----
create-pod wf.say
create-pod wf.ask(0)
  wf Running
  wf.say Pending
  wf.ask Running
  wf.ask(0) Pending
workflow Running

# what stands for others, or is not there to be set so
set wf Succeeded
----
refused: node wf is of type DAG: it stands for others; set those that it is made of

set wf.ask Succeeded
----
refused: node wf.ask has an output parameter "answer" without a default: give it by --output-parameter answer=VALUE

set wf.ask Succeeded answer=42 other=1
----
refused: node wf.ask has no output parameter "other", it has: answer, more

set wf.ask ""
----
refused: node wf.ask is of type Pod: give the phase that it is to have

# while it waits for its next attempt; the attempt is over with the node
pod "wf.ask(0)" failed "no" answer=41 missing=more
----
wake in 1m0s
  wf.ask Running: Backoff for 1 minute 0 seconds
  wf.ask(0) Failed: no {"parameters":[{"name":"answer","value":"41","valueFrom":{"path":"/a"}},{"name":"more","value":"none","valueFrom":{"path":"/b","default":"none"}}]}

set wf.ask Succeeded answer=42 "seen by hand"
----
create-pod wf.use
  wf.ask Succeeded: seen by hand {"parameters":[{"name":"answer","value":"42","valueFrom":{"path":"/a"}},{"name":"more","value":"none","valueFrom":{"path":"/b","default":"none"}}]}
  wf.ask(0) Succeeded: seen by hand {"parameters":[{"name":"answer","value":"42","valueFrom":{"path":"/a"}},{"name":"more","value":"none","valueFrom":{"path":"/b","default":"none"}}]}
  wf.use Pending

show-status wf.ask
----
{"id":"wf-1701965351","name":"wf.ask","displayName":"ask","type":"Retry","templateName":"ask","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","message":"seen by hand","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","outputs":{"parameters":[{"name":"answer","value":"42","valueFrom":{"path":"/a"}},{"name":"more","value":"none","valueFrom":{"path":"/b","default":"none"}}]},"children":["wf-1819746138"]}

show-template wf.use
----
{"name":"use","inputs":{},"container":{"image":"42"}}

# its pod runs: it is stopped, and what is told of it later is ignored
pod wf.use running
----
  wf.use Running

set wf.use Succeeded
----
stop-pod wf.use
  wf.use Succeeded
  wf.locked Pending
create-pod wf.locked

pod wf.use failed "137"
----

# a failure that something has followed from
pod wf.say failed "boom"
----
  wf.say Failed: boom
  wf.hear Omitted: omitted: depends condition not met

set wf.say Succeeded result=hello
----
refused: node wf.say is Failed, and what comes after it is decided (hear is Omitted): set it once the workflow has ended, then it runs on from there

set wf.locked Succeeded
----
stop-pod wf.locked
create-pod wf.many[0].each(0:a)
create-pod wf.many[0].each(1:b)
  wf.locked Succeeded
  wf.many Running
  wf.many[0] Running
  wf.many[0].each(0:a) Pending
  wf.many[0].each(1:b) Pending

# one of a loop has failed, and is taken for done after all
pod "wf.many[0].each(0:a)" failed "boom"
----
  wf.many[0].each(0:a) Failed: boom

set "wf.many[0].each(0:a)" Succeeded "was good"
----
  wf.many[0].each(0:a) Succeeded: was good

pod "wf.many[0].each(1:b)" succeeded
----
create-pod wf.many[1].last
  wf.many[0] Succeeded
  wf.many[0].each(1:b) Succeeded
  wf.many[1] Running
  wf.many[1].last Pending

restart
----

set wf.many[1].last Failed "no"
----
stop-pod wf.many[1].last
  wf Failed
  wf.many Failed: child 'wf-4075274890' failed
  wf.many[1] Failed: child 'wf-4075274890' failed
  wf.many[1].last Failed: no
workflow Failed

