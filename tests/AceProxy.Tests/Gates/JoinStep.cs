using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>Looks for where a client begins among a minute's access points, and finds the newest: the longest search.</summary>
internal sealed class JoinStep : RingStep
{
    private const int Searches = 100;

    public JoinStep(string name)
        : base(name, "search", budget: 0)
    {
        for (int point = 0; point < 120; point++)
        {
            Ring.Add(new RandomAccessPoint(new RingPosition(Ring.Next - 1, point * TsPacket.Size), point, new Preamble([], 0)));
        }
    }

    public override int Units => Searches;

    public override void Run()
    {
        for (int search = 0; search < Searches; search++)
        {
            if (Ring.FindJoin(TimeSpan.Zero) is null)
            {
                throw new InvalidOperationException("there are points, and none was found");
            }
        }
    }
}
