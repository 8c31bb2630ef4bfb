using AceProxy.Cluster;
using AceProxy.EngineApi;

namespace AceProxy.Tests.Cluster;

public sealed class StreamMessageTests
{
    [Theory]
    [InlineData("ContentUnavailable")]
    [InlineData("Refused")]
    [InlineData("NotLive")]
    [InlineData("Stopped")]
    public void Failure_OfTheContent_IsToldInTheEnginesWords(string kind)
    {
        var failure = new EngineFailure(Enum.Parse<EngineFailureKind>(kind), "some words of it");
        Assert.Equal(failure, StreamMessage.Released(failure).Failure());
    }

    [Theory]
    [InlineData("NoEngine")]
    [InlineData("Unwanted")]
    [InlineData("ShuttingDown")]
    public void Failure_OfTheWorker_IsNoReasonForOthers(string kind) =>
        Assert.Null(StreamMessage.Released(new EngineFailure(Enum.Parse<EngineFailureKind>(kind), "some words of it")).Failure());

    [Theory]
    [InlineData("owner", true)]
    [InlineData("released", true)]
    [InlineData("nobody knows what", true)]
    [InlineData("chunk 1 2", false)]
    [InlineData("clients", false)]
    [InlineData("offer ", false)]
    [InlineData("offer 10.0.0.5:6878", false)]
    [InlineData("willing w1", false)]
    [InlineData("unwilling w1", false)]
    public void MovesLease_WhateverIsNotKnownToBeSomethingElse(string text, bool expected) => Assert.Equal(expected, new StreamMessage(text).MovesLease);

    [Theory]
    [InlineData("")]
    [InlineData("released")]
    [InlineData("released 99 words")]
    [InlineData("released Nonsense words")]
    [InlineData("chunk 1 9223372036854775808")]
    [InlineData("chunk 1 2 3")]
    public void Nonsense_SaysNothing(string text) =>
        Assert.Equal((null, null), (new StreamMessage(text).Failure(), new StreamMessage(text).Chunk()));
}
