module e2ebackends/pause

go 1.26.0
