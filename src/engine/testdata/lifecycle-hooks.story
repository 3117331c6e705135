# A hook runs once when its expression holds; its step, and the workflow, wait for it.
metadata: {name: wf}
spec:
  entrypoint: main
  hooks:
    began: {template: note, expression: 'workflow.status == "Running"'}
    failed: {template: note, expression: 'workflow.status == "Failed"'}
    exit: {template: note}
  templates:
  - name: main
    steps:
    - - name: a
        template: work
        hooks:
          running: {template: note, expression: 'steps["a"].status == "Running"'}
          broken: {template: note, expression: 'steps["a"].status == "Failed"'}
      - name: b
        template: work
        hooks:
          running: {template: note, expression: 'steps.b.status == "Running"'}
    - - {name: c, template: work}
  - name: work
    container: {image: busybox}
  - name: note
    container: {image: busybox}
====
start
----
create-pod wf[0].a
create-pod wf[0].b
create-pod wf.hooks.began
  wf Running
  wf[0] Running
  wf[0].a Pending
  wf[0].b Pending
  wf.hooks.began Pending
workflow Running

pod wf.hooks.began running
pod wf[0].a running
pod wf[0].b running
----
create-pod wf[0].a.hooks.running
  wf[0].a Running
  wf[0].b Running
  wf.hooks.began Running
  wf[0].a.hooks.running Pending

restart
----

pod wf[0].b succeeded
pod wf.hooks.began succeeded
----
  wf[0].b Succeeded
  wf.hooks.began Succeeded

pod wf[0].a succeeded
----
  wf[0].a Succeeded

pod wf[0].a.hooks.running succeeded
----
create-pod wf[1].c
  wf[0] Succeeded
  wf[0].a.hooks.running Succeeded
  wf[1] Running
  wf[1].c Pending

restart
----

pod wf[1].c failed "exit 1" exit=1
----
create-pod wf.hooks.failed
  wf Failed: child 'wf-2743437592' failed
  wf[1] Failed: child 'wf-2743437592' failed
  wf[1].c Failed: exit 1 {"exitCode":"1"}
  wf.hooks.failed Pending

pod wf.hooks.failed succeeded
----
create-pod wf.onExit
  wf.hooks.failed Succeeded
  wf.onExit Pending

pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Failed: child 'wf-2743437592' failed

