module github.com/auditship/auditship/deploy/image

go 1.26.0
