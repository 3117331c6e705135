# Of a DAG: what depends on a task waits for the task's hooks; their failure changes nothing.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - name: a
        template: work
        hooks:
          done:
            template: note
            expression: 'tasks.a.status == "Succeeded"'
            arguments: {parameters: [{name: text, value: '{{tasks.a.outputs.result}}'}]}
          exit: {template: note, arguments: {parameters: [{name: text, value: bye}]}}
      - {name: b, template: work, depends: a}
  - name: work
    container: {image: busybox}
  - name: note
    inputs: {parameters: [{name: text}]}
    container: {image: busybox, args: ['{{inputs.parameters.text}}']}
====
start
----
create-pod wf.a
  wf Running
  wf.a Pending
workflow Running

pod wf.a running
----
  wf.a Running

pod wf.a succeeded result=hello
----
create-pod wf.a.hooks.done
  wf.a Succeeded {"result":"hello"}
  wf.a.hooks.done Pending

show-template wf.a.hooks.done
----
{"name":"note","inputs":{},"container":{"image":"busybox","args":["hello"]}}

restart
pod wf.a.hooks.done failed "exit 1"
----
create-pod wf.a.onExit
  wf.a.hooks.done Failed: exit 1
  wf.a.onExit Pending

pod wf.a.onExit succeeded
----
create-pod wf.b
  wf.a.onExit Succeeded
  wf.b Pending

pod wf.b succeeded
----
  wf Succeeded
  wf.b Succeeded
workflow Succeeded

