package wire

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Method is one method with its arguments; which count is said at each [amqp.Op].
type Method struct {
	Op       amqp.Op
	Channel  uint16
	Exchange string
	Queue    string
	Key      string
	Tag      string
	Type     string
	Text     string
	Args     amqp.Table
	Flags    flow.Flags
	Delivery uint64
	Value    int64
	Count    uint32
	// Failed is the method that a close complains about.
	Failed amqp.Op
	// Content of a publish, return, deliver or get-ok; nil for all others.
	Content *Content
}

// Content is a message's properties and body.
type Content struct {
	Headers    amqp.Table
	Body       []byte
	Expiration string
	UserID     string
	Priority   uint8
	Persistent bool
}

type field uint8

const (
	fieldReserved16 field = iota
	fieldReservedStr
	fieldReserved32
	fieldExchange
	fieldQueue
	fieldKey
	fieldTag
	fieldType
	fieldText
	fieldArgs
	fieldDelivery
	fieldCode    // Value as a short
	fieldValue   // Value as a long
	fieldCount   // Count as a long
	fieldCount16 // Count as a short
	fieldFailed  // class and method
	fieldBits    // the signature's flags
)

// signature is how a method lies on the wire (amqp0-9-1.extended.xml). No
// method of those used here has two groups of bits.
type signature struct {
	class, method uint16
	fields        []field
	bits          []flow.Flags
}

// noBit stands for a bit that has no flag: it is sent as 0.
const noBit flow.Flags = 0

var signatures = map[amqp.Op]signature{
	amqp.OpConnectionClose:     {10, 50, closing, nil},
	amqp.OpConnectionCloseOk:   {10, 51, nil, nil},
	amqp.OpConnectionBlocked:   {10, 60, []field{fieldText}, nil},
	amqp.OpConnectionUnblocked: {10, 61, nil, nil},

	amqp.OpChannelOpen:    {20, 10, []field{fieldReservedStr}, nil},
	amqp.OpChannelOpenOk:  {20, 11, []field{fieldReserved32}, nil},
	opFlow:                {20, 20, []field{fieldBits}, []flow.Flags{flow.Passive}},
	opFlowOk:              {20, 21, []field{fieldBits}, []flow.Flags{flow.Passive}},
	amqp.OpChannelClose:   {20, 40, closing, nil},
	amqp.OpChannelCloseOk: {20, 41, nil, nil},

	amqp.OpExchangeDeclare: {
		40, 10,
		[]field{fieldReserved16, fieldExchange, fieldType, fieldBits, fieldArgs},
		[]flow.Flags{flow.Passive, flow.Durable, flow.AutoDelete, flow.Internal, flow.NoWait},
	},
	amqp.OpExchangeDeclareOk: {40, 11, nil, nil},
	amqp.OpExchangeDelete:    {40, 20, []field{fieldReserved16, fieldExchange, fieldBits}, []flow.Flags{flow.IfUnused, flow.NoWait}},
	amqp.OpExchangeDeleteOk:  {40, 21, nil, nil},
	amqp.OpExchangeBind:      {40, 30, bindingExchange, noWaitOnly},
	amqp.OpExchangeBindOk:    {40, 31, nil, nil},
	amqp.OpExchangeUnbind:    {40, 40, bindingExchange, noWaitOnly},
	amqp.OpExchangeUnbindOk:  {40, 51, nil, nil},

	amqp.OpQueueDeclare: {
		50, 10,
		[]field{fieldReserved16, fieldQueue, fieldBits, fieldArgs},
		[]flow.Flags{flow.Passive, flow.Durable, flow.Exclusive, flow.AutoDelete, flow.NoWait},
	},
	amqp.OpQueueDeclareOk: {50, 11, []field{fieldQueue, fieldValue, fieldCount}, nil},
	amqp.OpQueueBind:      {50, 20, []field{fieldReserved16, fieldQueue, fieldExchange, fieldKey, fieldBits, fieldArgs}, noWaitOnly},
	amqp.OpQueueBindOk:    {50, 21, nil, nil},
	amqp.OpQueuePurge:     {50, 30, []field{fieldReserved16, fieldQueue, fieldBits}, noWaitOnly},
	amqp.OpQueuePurgeOk:   {50, 31, []field{fieldValue}, nil},
	amqp.OpQueueDelete:    {50, 40, []field{fieldReserved16, fieldQueue, fieldBits}, []flow.Flags{flow.IfUnused, flow.IfEmpty, flow.NoWait}},
	amqp.OpQueueDeleteOk:  {50, 41, []field{fieldValue}, nil},
	amqp.OpQueueUnbind:    {50, 50, []field{fieldReserved16, fieldQueue, fieldExchange, fieldKey, fieldArgs}, nil},
	amqp.OpQueueUnbindOk:  {50, 51, nil, nil},

	amqp.OpBasicQos:   {60, 10, []field{fieldReserved32, fieldCount16, fieldBits}, []flow.Flags{flow.Global}},
	amqp.OpBasicQosOk: {60, 11, nil, nil},
	amqp.OpBasicConsume: {
		60, 20,
		[]field{fieldReserved16, fieldQueue, fieldTag, fieldBits, fieldArgs},
		[]flow.Flags{noBit, flow.NoAck, flow.Exclusive, flow.NoWait},
	},
	amqp.OpBasicConsumeOk:    {60, 21, []field{fieldTag}, nil},
	amqp.OpBasicCancel:       {60, 30, []field{fieldTag, fieldBits}, noWaitOnly},
	amqp.OpBasicCancelOk:     {60, 31, []field{fieldTag}, nil},
	amqp.OpBasicPublish:      {60, 40, []field{fieldReserved16, fieldExchange, fieldKey, fieldBits}, []flow.Flags{flow.Mandatory, flow.Immediate}},
	amqp.OpBasicReturn:       {60, 50, []field{fieldCode, fieldText, fieldExchange, fieldKey}, nil},
	amqp.OpBasicDeliver:      {60, 60, []field{fieldTag, fieldDelivery, fieldBits, fieldExchange, fieldKey}, []flow.Flags{flow.Redelivered}},
	amqp.OpBasicGet:          {60, 70, []field{fieldReserved16, fieldQueue, fieldBits}, []flow.Flags{flow.NoAck}},
	amqp.OpBasicGetOk:        {60, 71, []field{fieldDelivery, fieldBits, fieldExchange, fieldKey, fieldValue}, []flow.Flags{flow.Redelivered}},
	amqp.OpBasicGetEmpty:     {60, 72, []field{fieldReservedStr}, nil},
	amqp.OpBasicAck:          {60, 80, []field{fieldDelivery, fieldBits}, []flow.Flags{flow.Multiple}},
	amqp.OpBasicReject:       {60, 90, []field{fieldDelivery, fieldBits}, []flow.Flags{flow.Requeued}},
	amqp.OpBasicRecoverAsync: {60, 100, []field{fieldBits}, []flow.Flags{flow.Requeued}},
	amqp.OpBasicRecover:      {60, 110, []field{fieldBits}, []flow.Flags{flow.Requeued}},
	amqp.OpBasicRecoverOk:    {60, 111, nil, nil},
	amqp.OpBasicNack:         {60, 120, []field{fieldDelivery, fieldBits}, []flow.Flags{flow.Multiple, flow.Requeued}},

	amqp.OpTxSelect:     {90, 10, nil, nil},
	amqp.OpTxSelectOk:   {90, 11, nil, nil},
	amqp.OpTxCommit:     {90, 20, nil, nil},
	amqp.OpTxCommitOk:   {90, 21, nil, nil},
	amqp.OpTxRollback:   {90, 30, nil, nil},
	amqp.OpTxRollbackOk: {90, 31, nil, nil},

	amqp.OpConfirmSelect:   {85, 10, []field{fieldBits}, noWaitOnly},
	amqp.OpConfirmSelectOk: {85, 11, nil, nil},
}

// channel.flow is used as a question without effect; no program sends it.
const (
	opFlow   amqp.Op = 250
	opFlowOk amqp.Op = 251
)

var (
	closing         = []field{fieldCode, fieldText, fieldFailed}
	bindingExchange = []field{fieldReserved16, fieldQueue, fieldExchange, fieldKey, fieldBits, fieldArgs}
	noWaitOnly      = []flow.Flags{flow.NoWait}
)

var byNumber = func() map[uint32]amqp.Op {
	m := map[uint32]amqp.Op{}
	for op, s := range signatures {
		m[uint32(s.class)<<16|uint32(s.method)] = op
	}
	return m
}()

// hasContent reports whether a content header and body follow the method.
func hasContent(op amqp.Op) bool {
	switch op {
	case amqp.OpBasicPublish, amqp.OpBasicReturn, amqp.OpBasicDeliver, amqp.OpBasicGetOk:
		return true
	}
	return false
}
