namespace AceProxy.Engines.Health;

/// <summary>Up until it has been told otherwise several times in a row, and down likewise: one lost packet changes nothing.</summary>
internal sealed class Hysteresis(int fall, int rise)
{
    /// <summary>True before anything was told.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>How many times in a row it has been told the opposite of what it is.</summary>
    public int Against { get; private set; }

    /// <returns>True if it has changed.</returns>
    public bool Tell(bool isGood)
    {
        Against = isGood == IsUp ? 0 : Against + 1;
        if (Against < (IsUp ? fall : rise))
        {
            return false;
        }

        IsUp = isGood;
        Against = 0;
        return true;
    }

    public void Reset() => (IsUp, Against) = (true, 0);
}
