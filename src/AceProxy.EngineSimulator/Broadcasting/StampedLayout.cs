namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>
/// The packets of one group of pictures, the same in every group: frames every 40 ms, tables before every second one.
/// At rates too low for four packets a frame the frames get longer instead.
/// </summary>
internal sealed class StampedLayout
{
    private const int LeastPacketsPerFrame = 4;
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(40);

    public StampedLayout(long packetsPerGroup, TimeSpan group)
    {
        if (packetsPerGroup is < LeastPacketsPerFrame or > 4_000_000)
            throw new ArgumentOutOfRangeException(nameof(group), group, "A group of pictures must have between 4 and 4,000,000 packets.");
        PacketsPerGroup = (int)packetsPerGroup;
        Kinds = new StampedSlot[PacketsPerGroup];
        StampedBefore = new int[PacketsPerGroup];
        TablesBefore = new int[PacketsPerGroup];
        var frames = Math.Max(1, Math.Min((long)Math.Round(group / Frame), packetsPerGroup / LeastPacketsPerFrame));
        for (var frame = 0; frame < frames; frame++)
            Place(frame, (int)(packetsPerGroup * frame / frames));
        Count();
    }

    public int PacketsPerGroup { get; }

    public int StampedPerGroup { get; private set; }

    /// <summary>How many PATs, and as many PMTs, a group has.</summary>
    public int TablesPerGroup { get; private set; }

    public StampedSlot[] Kinds { get; }

    /// <summary>Stamped packets in the group ahead of a slot.</summary>
    public int[] StampedBefore { get; }

    /// <summary>Tables of one kind in the group ahead of a slot.</summary>
    public int[] TablesBefore { get; }

    private void Place(int frame, int slot)
    {
        if (frame % 2 == 0)
        {
            Kinds[slot++] = StampedSlot.Association;
            Kinds[slot++] = StampedSlot.ProgramMap;
        }
        Kinds[slot] = frame == 0 ? StampedSlot.GroupStart : StampedSlot.FrameStart;
    }

    private void Count()
    {
        for (var slot = 0; slot < PacketsPerGroup; slot++)
        {
            StampedBefore[slot] = StampedPerGroup;
            // A PAT and the PMT behind it carry the same counter value, so the PMT is where the pair is counted.
            TablesBefore[slot] = TablesPerGroup;
            if (Kinds[slot] == StampedSlot.ProgramMap)
                TablesPerGroup++;
            else if (Kinds[slot] != StampedSlot.Association)
                StampedPerGroup++;
        }
    }
}
