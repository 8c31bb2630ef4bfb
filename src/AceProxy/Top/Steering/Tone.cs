namespace AceProxy.Top.Steering;

/// <summary>How something is to be taken; a colour where there are colours.</summary>
internal enum Tone
{
    Plain,
    Dim,
    Good,
    Warning,
    Bad,
}
