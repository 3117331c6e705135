metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: pod}
      - {name: b, template: pod, depends: a}
      - {name: c, template: pod, depends: a}
      - {name: d, template: pod, depends: b && c}
      - {name: rescue, template: pod, depends: c.Failed}
  - name: pod
    container: {image: busybox}
  - name: bye
    container: {image: busybox}
====
start
----
create-pod wf.a
  wf Running
  wf.a Pending
workflow Running

pod wf.a succeeded
----
create-pod wf.b
create-pod wf.c
  wf.a Succeeded
  wf.b Pending
  wf.c Pending

pod wf.b failed "b broke"
pod wf.c failed "c broke"
----
create-pod wf.rescue
  wf.b Failed: b broke
  wf.c Failed: c broke
  wf.d Omitted: omitted: depends condition not met
  wf.rescue Pending

pod wf.rescue succeeded
----
create-pod wf.onExit
  wf Failed
  wf.rescue Succeeded
  wf.onExit Pending

pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Failed

# c has a success behind it and stays; b, what came after it and the exit handler go.
retry
----
create-pod wf.b
  wf.b Pending
workflow Running

restart
pod wf.b succeeded
----
create-pod wf.onExit
  wf Failed
  wf.b Succeeded
  wf.d Omitted: omitted: depends condition not met
  wf.onExit Pending

pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Failed

# From a node on, whatever it ended as; a is kept.
rerun wf.c
----
create-pod wf.c
  wf.c Pending
workflow Running

pod wf.c succeeded
----
create-pod wf.d
  wf.c Succeeded
  wf.d Pending
  wf.rescue Omitted: omitted: depends condition not met

pod wf.d succeeded
----
create-pod wf.onExit
  wf Succeeded
  wf.d Succeeded
  wf.onExit Pending

pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Succeeded

rerun wf
----
create-pod wf.a
  wf Running
  wf.a Pending
workflow Running

