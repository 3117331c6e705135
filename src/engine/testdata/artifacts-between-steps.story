# Artifacts go from step to step: by name, by an expression, a part of a directory; an optional one may be missing.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: make, template: make}
    - - name: use
        template: use
        arguments:
          artifacts:
          - {name: in, from: "{{steps.make.outputs.artifacts.out}}", subPath: "part/{{workflow.name}}"}
          - {name: maybe, from: "{{steps.make.outputs.artifacts.log}}", optional: true}
      - name: other
        template: use
        when: "1 == 2"
    outputs:
      artifacts:
      - {name: chosen, fromExpression: "steps.other.status == 'Skipped' ? steps.make.outputs.artifacts.out : steps.other.outputs.artifacts.out"}
      - {name: gone, from: "{{steps.make.outputs.artifacts.log}}", optional: true}
  - name: make
    container: {image: busybox, args: ["{{outputs.artifacts.out.path}}"]}
    outputs:
      artifacts: [{name: out, path: /out, globalName: everywhere}, {name: log, path: /log, optional: true}]
  - name: use
    inputs:
      artifacts: [{name: in, path: /in, mode: 420}, {name: maybe, path: /maybe, optional: true}]
    container: {image: busybox, args: ["{{inputs.artifacts.in.path}}"]}
    outputs: {artifacts: [{name: out, path: /out}]}
====
start
----
create-pod wf[0].make
  wf Running
  wf[0] Running
  wf[0].make Pending
workflow Running

show-template wf[0].make
----
{"name":"make","container":{"image":"busybox","args":["/out"]},"outputs":{"artifacts":[{"name":"out","path":"/out","globalName":"everywhere"},{"name":"log","path":"/log","optional":true}]}}

pod wf[0].make succeeded exit=0 artifact:out@everywhere=a/out.tgz
----
create-pod wf[1].use
  wf[0] Succeeded
  wf[0].make Succeeded {"artifacts":[{"name":"out","s3":{"key":"a/out.tgz"},"globalName":"everywhere"}],"exitCode":"0"}
  wf[1] Running
  wf[1].use Pending
  wf[1].other Skipped: when '1 == 2' evaluated false
workflow Running
outputs {"artifacts":[{"name":"everywhere","s3":{"key":"a/out.tgz"}}]}

restart
show-template wf[1].use
----
{"name":"use","inputs":{"artifacts":[{"name":"in","s3":{"key":"a/out.tgz/part/wf"},"globalName":"everywhere","path":"/in","mode":420},{"name":"maybe","path":"/maybe","optional":true}]},"container":{"image":"busybox","args":["/in"]},"outputs":{"artifacts":[{"name":"out","path":"/out"}]}}

pod wf[1].use succeeded artifact:out=b/out.tgz
----
  wf Succeeded {"artifacts":[{"globalName":"everywhere","name":"chosen","s3":{"key":"a/out.tgz"}}]}
  wf[1] Succeeded
  wf[1].use Succeeded {"artifacts":[{"name":"out","s3":{"key":"b/out.tgz"}}]}
workflow Succeeded
outputs {"artifacts":[{"name":"everywhere","s3":{"key":"a/out.tgz"}}]}

show-status wf
----
{"id":"wf","name":"wf","displayName":"wf","type":"Steps","templateName":"main","templateScope":"local/wf","phase":"Succeeded","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","outputs":{"artifacts":[{"globalName":"everywhere","name":"chosen","s3":{"key":"a/out.tgz"}}]},"children":["wf-511703626"],"outboundNodes":["wf-2621615370","wf-1543959095"]}

