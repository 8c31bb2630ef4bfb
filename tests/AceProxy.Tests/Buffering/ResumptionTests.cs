using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Buffering;

public sealed class ResumptionTests
{
    [Fact]
    public void Hold_NoCandidate_KeepsOnlyTheLatest()
    {
        var resumption = new Resumption(0);
        for (int packet = 10; packet < 20; packet++)
        {
            resumption.Hold(RingUnderTest.Numbered(packet, 1), packet, candidate: -1, access: -1);
        }

        Assert.Equal(19, resumption.FirstHeld);
        Assert.Equal(RingUnderTest.Numbered(19, 1), resumption.Held.ToArray());
    }

    [Fact]
    public void Hold_Candidate_KeepsFromThereUntilANewerOne()
    {
        var resumption = new Resumption(0);
        for (int packet = 0; packet < 100; packet++)
        {
            resumption.Hold(RingUnderTest.Numbered(packet, 1), packet, candidate: packet < 5 ? -1 : packet < 90 ? 5 : 90, access: -1);
            Assert.Equal(packet < 5 ? packet : packet < 90 ? 5 : 90, resumption.FirstHeld);
        }

        Assert.Equal(RingUnderTest.Numbered(90, 10), resumption.Held.ToArray());
    }

    [Fact]
    public void Hold_AccessPointProved_KeepsFromThere()
    {
        var resumption = new Resumption(0);
        for (int packet = 0; packet < 8; packet++)
        {
            resumption.Hold(RingUnderTest.Numbered(packet, 1), packet, candidate: packet < 3 ? -1 : 3, access: -1);
        }

        resumption.Hold(RingUnderTest.Numbered(8, 1), 8, candidate: -1, access: 3);

        Assert.Equal((3, 6 * TsPacket.Size), (resumption.FirstHeld, resumption.Held.Length));
        Assert.Equal(RingUnderTest.Numbered(3, 6), resumption.Held.ToArray());
    }

    [Fact]
    public void Hold_CandidateThatIsNeverDecided_IsBounded()
    {
        var resumption = new Resumption(0);
        for (int packet = 0; packet < 5000; packet++)
        {
            resumption.Hold(RingUnderTest.Numbered(packet, 1), packet, candidate: 0, access: -1);
            Assert.InRange(resumption.Held.Length, TsPacket.Size, 1024 * TsPacket.Size);
            Assert.Equal(packet + 1 - (resumption.Held.Length / TsPacket.Size), resumption.FirstHeld);
        }
    }
}
