metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: list, template: pod}
    - - {name: each, template: pod, withItems: [p, q, r]}
      - {name: inner, template: inner}
    - - {name: last, template: pod}
  - name: inner
    retryStrategy: {limit: "1"}
    steps:
    - - {name: one, template: pod}
    - - {name: two, template: flaky}
  - name: pod
    container: {image: busybox}
  - name: flaky
    retryStrategy: {limit: "1"}
    container: {image: busybox}
====
start
----
create-pod wf[0].list
  wf Running
  wf[0] Running
  wf[0].list Pending
workflow Running

pod wf[0].list succeeded
----
create-pod wf[1].each(0:p)
create-pod wf[1].each(1:q)
create-pod wf[1].each(2:r)
create-pod wf[1].inner(0)[0].one
  wf[0] Succeeded
  wf[0].list Succeeded
  wf[1] Running
  wf[1].each(0:p) Pending
  wf[1].each(1:q) Pending
  wf[1].each(2:r) Pending
  wf[1].inner Running
  wf[1].inner(0) Running
  wf[1].inner(0)[0] Running
  wf[1].inner(0)[0].one Pending

pod "wf[1].each(0:p)" succeeded
pod "wf[1].each(1:q)" failed "no"
pod "wf[1].each(2:r)" succeeded
pod "wf[1].inner(0)[0].one" succeeded
----
create-pod wf[1].inner(0)[1].two(0)
  wf[1].each(0:p) Succeeded
  wf[1].each(1:q) Failed: no
  wf[1].each(2:r) Succeeded
  wf[1].inner(0)[0] Succeeded
  wf[1].inner(0)[0].one Succeeded
  wf[1].inner(0)[1] Running
  wf[1].inner(0)[1].two Running
  wf[1].inner(0)[1].two(0) Pending

pod "wf[1].inner(0)[1].two(0)" failed "bad"
----
create-pod wf[1].inner(0)[1].two(1)
  wf[1].inner(0)[1].two(0) Failed: bad
  wf[1].inner(0)[1].two(1) Pending

pod "wf[1].inner(0)[1].two(1)" failed "bad"
----
create-pod wf[1].inner(1)[0].one
  wf[1].inner(0) Failed: child 'wf-3476575511' failed
  wf[1].inner(0)[1] Failed: child 'wf-3476575511' failed
  wf[1].inner(0)[1].two Failed: No more retries left
  wf[1].inner(0)[1].two(1) Failed: bad
  wf[1].inner(1) Running
  wf[1].inner(1)[0] Running
  wf[1].inner(1)[0].one Pending

pod "wf[1].inner(1)[0].one" succeeded
----
create-pod wf[1].inner(1)[1].two(0)
  wf[1].inner(1)[0] Succeeded
  wf[1].inner(1)[0].one Succeeded
  wf[1].inner(1)[1] Running
  wf[1].inner(1)[1].two Running
  wf[1].inner(1)[1].two(0) Pending

pod "wf[1].inner(1)[1].two(0)" failed "bad"
----
create-pod wf[1].inner(1)[1].two(1)
  wf[1].inner(1)[1].two(0) Failed: bad
  wf[1].inner(1)[1].two(1) Pending

pod "wf[1].inner(1)[1].two(1)" failed "worse"
----
  wf Failed: child 'wf-2907956167' failed
  wf[1] Failed: child 'wf-2907956167' failed
  wf[1].inner Failed: No more retries left
  wf[1].inner(1) Failed: child 'wf-852674952' failed
  wf[1].inner(1)[1] Failed: child 'wf-852674952' failed
  wf[1].inner(1)[1].two Failed: No more retries left
  wf[1].inner(1)[1].two(1) Failed: worse
workflow Failed: child 'wf-2907956167' failed

# Only the last attempt of inner goes on; its attempts at two begin again with the first.
retry
----
create-pod wf[1].each(1:q)
create-pod wf[1].inner(1)[1].two(0)
  wf[1].each(1:q) Pending
  wf[1].inner(1)[1].two Running
  wf[1].inner(1)[1].two(0) Pending
workflow Running

restart
pod "wf[1].each(1:q)" succeeded
pod "wf[1].inner(1)[1].two(0)" succeeded
----
create-pod wf[2].last
  wf[1] Succeeded
  wf[1].inner Succeeded
  wf[1].inner(1) Succeeded
  wf[1].inner(1)[1] Succeeded
  wf[1].each(1:q) Succeeded
  wf[1].inner(1)[1].two Succeeded
  wf[1].inner(1)[1].two(0) Succeeded
  wf[2] Running
  wf[2].last Pending

pod wf[2].last succeeded
----
  wf Succeeded
  wf[2] Succeeded
  wf[2].last Succeeded
workflow Succeeded

rerun wf[1].inner
----
create-pod wf[1].inner(0)[0].one
  wf[1].inner Running
  wf[1].inner(0) Running
  wf[1].inner(0)[0] Running
  wf[1].inner(0)[0].one Pending
workflow Running

