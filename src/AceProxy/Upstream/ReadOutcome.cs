namespace AceProxy.Upstream;

/// <summary>How one connection to a playback URL ended, in a word and in a sentence, and whether it had yielded anything.</summary>
internal readonly record struct ReadOutcome(ReadEnd End, string Detail, bool HadData);
