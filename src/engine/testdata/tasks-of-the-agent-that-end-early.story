# A task that waits too long, and one that is stopped.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      failFast: false
      tasks: [{name: slow, template: slow}, {name: other, template: other}]
  - name: slow
    timeout: 10s
    http: {url: x}
  - name: other
    plugin: {x: {}}
====
start
----
run-task wf.other
run-task wf.slow
wake in 10.000000001s
  wf Running
  wf.other Pending
  wf.slow Pending
workflow Running

tick 11s
----
stop-task wf.slow
  wf.slow Failed: timeout

stop
----
stop-task wf.other
  wf Failed
  wf.other Failed: Stopped with strategy 'Stop'
workflow Failed: Stopped with strategy 'Stop'

