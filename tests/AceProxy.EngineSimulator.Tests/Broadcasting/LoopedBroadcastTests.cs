using AceProxy.EngineSimulator.Broadcasting;

namespace AceProxy.EngineSimulator.Tests.Broadcasting;

public sealed class LoopedBroadcastTests
{
    [Fact]
    public void Read_AcrossTheEndAndSeveralRounds_RepeatsThePieceBeforeIt()
    {
        var plain = new StampedBroadcast(1_000_000, TimeSpan.FromSeconds(0.4));
        var looped = new LoopedBroadcast(plain, end: 1_000, length: 30);
        var read = new byte[100 * 188];

        looped.Read(990, read);

        for (var packet = 990; packet < 1_090; packet++)
        {
            var expected = new byte[188];
            plain.Read(packet < 1_000 ? packet : 970 + (packet - 1_000) % 30, expected);
            Assert.Equal(expected, read.AsSpan((packet - 990) * 188, 188).ToArray());
        }
    }
}
