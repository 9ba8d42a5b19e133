package faults

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admin does something with a client of its own, with a limit of time.
func (c *cluster) admin(ctx context.Context, do func(context.Context, *kadm.Client) error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.plain()))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, clientLimit)
	defer cancel()
	return do(ctx, kadm.NewClient(client))
}

// create makes a topic with one partition that has replicas on the given brokers, led by the first of them.
func (c *cluster) create(ctx context.Context, topic string, replicas ...int32) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.plain()))
	if err != nil {
		return err
	}
	defer client.Close()
	partition := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
	partition.Replicas = replicas
	wanted := kmsg.NewCreateTopicsRequestTopic()
	wanted.Topic, wanted.NumPartitions, wanted.ReplicationFactor = topic, -1, -1
	wanted.ReplicaAssignment = append(wanted.ReplicaAssignment, partition)
	setting := kmsg.NewCreateTopicsRequestTopicConfig()
	setting.Name, setting.Value = "min.insync.replicas", kmsg.StringPtr(fmt.Sprint(min(2, len(replicas))))
	wanted.Configs = append(wanted.Configs, setting)
	request := kmsg.NewPtrCreateTopicsRequest()
	request.Topics = append(request.Topics, wanted)
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	return kerr.ErrorForCode(answer.Topics[0].ErrorCode)
}
