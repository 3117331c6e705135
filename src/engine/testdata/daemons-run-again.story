metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: db, template: db}
      - {name: free, template: pod}
      - {name: load, template: pod, depends: db}
      - {name: ask, template: pod, depends: load}
  - name: db
    daemon: true
    container: {image: busybox}
  - name: pod
    container: {image: busybox}
====
start
----
create-pod wf.db
create-pod wf.free
  wf Running
  wf.db Pending
  wf.free Pending
workflow Running

pod wf.db running
pod wf.free succeeded
----
create-pod wf.load
  wf.db Running
  wf.free Succeeded
  wf.load Pending

pod wf.load succeeded
----
create-pod wf.ask
  wf.load Succeeded
  wf.ask Pending

pod wf.ask failed "no"
----
stop-pod wf.db
  wf Failed
  wf.db Succeeded
  wf.ask Failed: no
workflow Failed

# The daemon was stopped with its DAG: it, and what ran with it, runs again. What did not stays.
retry
----
create-pod wf.db
  wf.db Pending
workflow Running

